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

# Certificates for nodes come from one authority alone.
resource "cloudflare_dns_record" "node_issuer" {
  for_each = toset(["issue", "issuewild"])

  zone_id = local.zone_id
  name    = var.node_domain
  type    = "CAA"
  ttl     = 3600
  comment = "Who may issue certificates for nodes; nobody for wildcards"

  data = {
    flags = 0
    tag   = each.key
    value = each.key == "issue" ? var.acme_issuer : ";"
  }
}

# The names are known once SES has made them; that there are three is known before.
resource "cloudflare_dns_record" "mail" {
  count = 3

  zone_id = local.zone_id
  name    = "${var.mail_tokens[count.index]}._domainkey.${var.mail_domain}"
  type    = "CNAME"
  ttl     = 3600
  content = "${var.mail_tokens[count.index]}.dkim.amazonses.com"
  proxied = false
  comment = "Amazon SES signs mails (DKIM)"
}
