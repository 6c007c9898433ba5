# What one environment has at Cloudflare. The Worker itself, its route, cron, Durable Objects and queue consumers are wrangler's
# (wrangler.toml): what goes with the code, and back with it, is no part of Terraform.

data "cloudflare_zone" "this" {
  filter = {
    name = var.zone
  }
}

locals {
  zone_id = data.cloudflare_zone.this.zone_id
}

# Nothing is behind it: every request ends in the Worker, whose route comes with each deploy (deploy/wrangler/config.ts).
resource "cloudflare_dns_record" "public" {
  zone_id = local.zone_id
  name    = var.public_host
  type    = "AAAA"
  ttl     = 1
  content = "100::"
  proxied = true
  comment = "The Worker ${var.worker_name}"
}

# Certificates for nodes come from these authorities alone: a node's Caddy asks the second one when the first refuses (media-node/image/caddy).
resource "cloudflare_dns_record" "node_issuer" {
  for_each = toset(var.acme_issuers)

  zone_id = local.zone_id
  name    = var.node_domain
  type    = "CAA"
  ttl     = 3600
  comment = "Who may issue certificates for nodes"

  data = {
    flags = 0
    tag   = "issue"
    value = each.key
  }
}

resource "cloudflare_dns_record" "node_wildcard_issuer" {
  zone_id = local.zone_id
  name    = var.node_domain
  type    = "CAA"
  ttl     = 3600
  comment = "Nobody may issue a certificate for all nodes at once"

  data = {
    flags = 0
    tag   = "issuewild"
    value = ";"
  }
}
