output "user" {
  description = "IAM user whose access key the Worker sends mails with."
  value       = aws_iam_user.mail.name
}

output "records" {
  description = "What the zone has to say of mails: their domain, where they go back to and which server takes them there, and SES's three names for its keys (DKIM). No secrets."
  value = {
    domain          = local.domain
    return_path     = local.return_path
    feedback_server = "feedback-smtp.${data.aws_region.this.region}.amazonses.com"
    # <token>._domainkey.<domain> leads to <token>.dkim.amazonses.com.
    tokens = aws_sesv2_email_identity.this.dkim_signing_attributes[0].tokens
  }
}
