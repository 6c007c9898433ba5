# Public subnets alone: players send media straight to the nodes, so each has a public address of its own.

data "aws_availability_zones" "this" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  # Three zones where there are three: one that fails takes a third of the nodes.
  zones = slice(
    data.aws_availability_zones.this.names, 0, min(3, length(data.aws_availability_zones.this.names))
  )
}

resource "aws_vpc" "this" {
  cidr_block           = var.settings.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = local.name }
}

# Nothing is allowed by the group that AWS makes with each VPC.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = local.name }
}

resource "aws_subnet" "public" {
  for_each = { for index, zone in local.zones : zone => index }

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.settings.cidr, 4, each.value)
  tags              = { Name = "${local.name}-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = local.name }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "node" {
  name        = local.name
  description = "Media nodes: signalling and RTC in, everything out"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = local.name }

  lifecycle {
    create_before_destroy = true
  }
}

# Signalling, WHEP and the certificate authority's question (TLS-ALPN-01, RFC 8737).
resource "aws_vpc_security_group_ingress_rule" "signalling" {
  security_group_id = aws_security_group.node.id
  description       = "Signalling by TLS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

# media-node/config.ts: rtc.minPort and rtc.maxPort. Also pipes from other nodes.
resource "aws_vpc_security_group_ingress_rule" "rtc" {
  security_group_id = aws_security_group.node.id
  description       = "WebRTC media"
  ip_protocol       = "udp"
  from_port         = 40000
  to_port           = 49999
  cidr_ipv4         = "0.0.0.0/0"
}

# The same by TCP, for players whose network lets no UDP out (media-node/sfu/transports.ts).
resource "aws_vpc_security_group_ingress_rule" "rtc_tcp" {
  security_group_id = aws_security_group.node.id
  description       = "WebRTC media where UDP is shut"
  ip_protocol       = "tcp"
  from_port         = 40000
  to_port           = 49999
  cidr_ipv4         = "0.0.0.0/0"
}

# What a game may reach is held on the node, by its manifest's list (media-node/host/egress).
resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.node.id
  description       = "Edge, packages, secrets, media"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
