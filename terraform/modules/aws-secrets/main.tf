# The environment's secrets: their names, their key and who may read them. Values are put in by `npm run secrets` and are never here: a
# resource for a secret's version would keep its value in Terraform's state.

data "aws_region" "this" {}

locals {
  region = data.aws_region.this.region
  prefix = "nearcade/${var.environment}"

  names = concat(
    [for name in local.worker_secrets : "worker/${name}"],
    [for name in local.node_secrets : "node/${name}"],
    [for name in local.deploy_secrets : "deploy/${name}"],
  )
}

resource "aws_kms_key" "this" {
  description             = "Nearcade's secrets, ${var.environment}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "this" {
  name          = "alias/nearcade-${var.environment}"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_secretsmanager_secret" "this" {
  for_each = toset(local.names)

  name                    = "${local.prefix}/${each.key}"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = 30
}

# Who deploys: reads and writes this environment's secrets, and may look at and refresh its groups.
data "aws_iam_policy_document" "deploy" {
  statement {
    sid = "Secrets"
    actions = [
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
      "secretsmanager:DescribeSecret",
    ]
    resources = ["arn:aws:secretsmanager:${local.region}:${var.account_id}:secret:${local.prefix}/*"]
  }

  statement {
    sid       = "TheirKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.this.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "LookAtGroups"
    actions   = ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeInstanceRefreshes"]
    resources = ["*"]
  }

  statement {
    sid = "Groups"
    actions = [
      "autoscaling:SetDesiredCapacity",
      "autoscaling:StartInstanceRefresh",
      "autoscaling:CancelInstanceRefresh",
      "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]
    resources = ["arn:aws:autoscaling:*:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/nearcade-${var.environment}-*"]
  }
}

resource "aws_iam_policy" "deploy" {
  name        = "nearcade-${var.environment}-deploy"
  description = "For who deploys Nearcade's ${var.environment}: attach it to their role"
  policy      = data.aws_iam_policy_document.deploy.json
}
