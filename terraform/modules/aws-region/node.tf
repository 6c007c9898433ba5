data "aws_region" "this" {}

locals {
  region           = data.aws_region.this.region
  name             = "nearcade-${var.environment}-${local.region}"
  metric_namespace = "Nearcade"
  boot_hook        = "nearcade-boot"
  drain_hook       = "nearcade-drain"
}

module "boot" {
  source = "../node-boot"

  environment        = var.environment
  region             = local.region
  node               = var.node
  auto_scaling_group = local.name
  boot_hook          = local.boot_hook
  drain_hook         = local.drain_hook
  log_group          = aws_cloudwatch_log_group.nodes.name
  newest_image       = data.aws_ami.debian.id
}

# Debian's own images (https://wiki.debian.org/Cloud/AmazonEC2Image). A newer one comes with the next release; until then nodes have Debian's security
# updates by themselves (media-node/image).
data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"]

  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }

  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
}

resource "aws_launch_template" "node" {
  name_prefix            = "${local.name}-"
  image_id               = module.boot.image_id
  instance_type          = var.settings.instanceTypes[0]
  update_default_version = true
  # A node that switches itself off is gone, not stopped and paid for.
  instance_initiated_shutdown_behavior = "terminate"

  user_data = base64encode(module.boot.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.node.arn
  }

  # Tokens alone (IMDSv2), and no further than this machine: not for what runs in another network namespace.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  network_interfaces {
    associate_public_ip_address = true
    delete_on_termination       = true
    security_groups             = [aws_security_group.node.id]
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type = "gp3"
      # GB: games, saves of running sessions, recordings that are not put up yet.
      volume_size           = 60
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "instance"
    tags          = local.tags
  }

  tag_specifications {
    resource_type = "volume"
    tags          = local.tags
  }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # The provider's default tags do not reach what the group launches.
  tags = {
    Name        = local.name
    Project     = "nearcade"
    Environment = var.environment
    Role        = "media-node"
  }
}
