output "user" {
  description = "IAM user whose access key the Worker sends mails with."
  value       = aws_iam_user.mail.name
}

output "domain" {
  description = "Domain that mails come from."
  value       = local.domain
}

output "tokens" {
  description = "SES's three names for its keys (DKIM): <token>._domainkey.<domain> leads to <token>.dkim.amazonses.com. No secrets."
  value       = aws_sesv2_email_identity.this.dkim_signing_attributes[0].tokens
}
