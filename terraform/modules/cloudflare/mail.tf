# Whom other mail systems should believe: SES's signatures (DKIM, RFC 6376), SES's machines (SPF, RFC 7208), and what to do with the rest
# (DMARC, RFC 7489). https://docs.aws.amazon.com/ses/latest/dg/configure-identities.html

# The names are known once SES has made them; that there are three is known before.
resource "cloudflare_dns_record" "mail_signature" {
  count = 3

  zone_id = local.zone_id
  name    = "${var.mail.tokens[count.index]}._domainkey.${var.mail.domain}"
  type    = "CNAME"
  ttl     = 3600
  content = "${var.mail.tokens[count.index]}.dkim.amazonses.com"
  proxied = false
  comment = "Amazon SES signs mails (DKIM)"
}

resource "cloudflare_dns_record" "mail_return" {
  zone_id  = local.zone_id
  name     = var.mail.return_path
  type     = "MX"
  ttl      = 3600
  content  = var.mail.feedback_server
  priority = 10
  comment  = "Mails that cannot be delivered go back to Amazon SES"
}

# Cloudflare keeps texts in quotation marks, and would call them changed without.
resource "cloudflare_dns_record" "mail_senders" {
  zone_id = local.zone_id
  name    = var.mail.return_path
  type    = "TXT"
  ttl     = 3600
  content = "\"v=spf1 include:amazonses.com ~all\""
  comment = "Mails come from Amazon SES (SPF)"
}

resource "cloudflare_dns_record" "mail_policy" {
  count = var.dmarc_policy == null ? 0 : 1

  zone_id = local.zone_id
  name    = "_dmarc.${var.mail.domain}"
  type    = "TXT"
  ttl     = 3600
  content = "\"v=DMARC1; p=${var.dmarc_policy}\""
  comment = "What is to be done with mails that are neither (DMARC)"
}
