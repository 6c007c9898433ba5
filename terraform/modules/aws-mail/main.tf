# Amazon SES in the region of the environment's SES_REGION. A new account is in SES's sandbox: getting out of it is asked of AWS's support.

data "aws_region" "this" {}

locals {
  address = regex("<([^>]+)>", var.from)[0]
  domain  = split("@", local.address)[1]
  # Of the same domain as the sender, so that SPF speaks for it too; nothing else may send or receive there.
  return_path = "bounce.${local.domain}"
}

resource "aws_sesv2_email_identity" "this" {
  email_identity = local.domain
}

# Where mails that cannot be delivered go back to (https://docs.aws.amazon.com/ses/latest/dg/mail-from.html).
resource "aws_sesv2_email_identity_mail_from_attributes" "this" {
  email_identity   = aws_sesv2_email_identity.this.email_identity
  mail_from_domain = local.return_path
  # While SES does not see its record, mails go out with a domain of Amazon's rather than not at all.
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

# The Worker signs its calls with this user's key. The key is made by hand (docs/runbook/first-deploy.md): here it would stand in the state.
resource "aws_iam_user" "mail" {
  name = "nearcade-${var.environment}-mail"
}

data "aws_iam_policy_document" "mail" {
  statement {
    actions = ["ses:SendEmail"]
    # Any identity: within SES's sandbox the recipient's is asked for too. The sender's address is what limits.
    resources = ["${split(":identity/", aws_sesv2_email_identity.this.arn)[0]}:identity/*"]

    condition {
      test     = "StringEquals"
      variable = "ses:FromAddress"
      values   = [local.address]
    }
  }
}

resource "aws_iam_user_policy" "mail" {
  name   = "send"
  user   = aws_iam_user.mail.name
  policy = data.aws_iam_policy_document.mail.json
}
