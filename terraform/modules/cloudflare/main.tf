# What one environment has at Cloudflare. The Worker itself, its cron, Durable Objects and queue consumers are wrangler's (wrangler.toml):
# what is deployed with the code is no part of Terraform.

data "cloudflare_zone" "this" {
  filter = {
    name = var.zone
  }
}

locals {
  zone_id = data.cloudflare_zone.this.zone_id
}

# Makes the record and the certificate of the host as well.
resource "cloudflare_workers_custom_domain" "public" {
  count = var.worker_exists ? 1 : 0

  account_id = var.account_id
  zone_id    = local.zone_id
  hostname   = var.public_host
  service    = var.worker_name
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
