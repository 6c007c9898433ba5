# Amazon SES in the region of the environment's SES_REGION. A new account is in SES's sandbox: getting out of it is asked of AWS's support.

locals {
  address = regex("<([^>]+)>", var.from)[0]
  domain  = split("@", local.address)[1]
}

resource "aws_sesv2_email_identity" "this" {
  email_identity = local.domain
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
