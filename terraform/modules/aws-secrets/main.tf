# The environment's secrets: their names, their key and who may read them. Values are put in by `npm run secrets` and are never here: a
# resource for a secret's version would keep its value in Terraform's state.

data "aws_region" "this" {}

locals {
  region = data.aws_region.this.region
  prefix = "nearcade/${var.environment}"

  secret_arns = "arn:aws:secretsmanager:${local.region}:${var.account_id}:secret:${local.prefix}"
  group_arns  = "arn:aws:autoscaling:*:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/nearcade-${var.environment}-*"

  # What `npm run secrets` knows of, and what each role may do with it: the same files.
  declared    = jsondecode(file("${path.module}/../../../secrets/declared.json"))
  permissions = jsondecode(file("${path.module}/../../../secrets/permissions.json"))

  names = concat(
    [for name in keys(local.declared.worker) : "worker/${name}"],
    [for name in keys(local.declared.node) : "node/${name}"],
    [for name in keys(local.declared.deploy) : "deploy/${name}"],
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

# Who deploys reads secrets; an operator puts them in too, and may look at groups of nodes and refresh them.
data "aws_iam_policy_document" "role" {
  for_each = {
    deployer = local.permissions.deployer
    operator = local.permissions.operator
  }

  dynamic "statement" {
    for_each = each.value

    content {
      actions   = statement.value.actions
      resources = ["${local.secret_arns}/${statement.value.secrets}"]
    }
  }

  statement {
    sid       = "TheirKey"
    actions   = each.key == "operator" ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
    resources = [aws_kms_key.this.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "operator" ? [local.group_arns] : []

    content {
      sid = "Groups"
      actions = [
        "autoscaling:SetDesiredCapacity",
        "autoscaling:StartInstanceRefresh",
        "autoscaling:CancelInstanceRefresh",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        # To take a node out of service without ending it (docs/runbook/drain-a-node.md).
        "autoscaling:DetachInstances",
        "autoscaling:EnterStandby",
        "autoscaling:ExitStandby",
      ]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = each.key == "operator" ? ["/nearcade/${var.environment}/*"] : []

    content {
      sid       = "ReadLogs"
      actions   = ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:DescribeLogStreams"]
      resources = ["arn:aws:logs:*:${var.account_id}:log-group:${statement.value}"]
    }
  }

  # What a first boot said that did not get as far as logs; and the end of a machine that was taken out of its group.
  dynamic "statement" {
    for_each = each.key == "operator" ? [var.environment] : []

    content {
      sid       = "Machines"
      actions   = ["ec2:GetConsoleOutput", "ec2:TerminateInstances"]
      resources = ["arn:aws:ec2:*:${var.account_id}:instance/*"]

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/Project"
        values   = ["nearcade"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/Environment"
        values   = [statement.value]
      }
    }
  }

  # These know no resources.
  dynamic "statement" {
    for_each = each.key == "operator" ? ["*"] : []

    content {
      sid = "LookAtGroups"
      actions = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeInstanceRefreshes",
        "autoscaling:DescribeScalingActivities",
      ]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_policy" "role" {
  for_each = data.aws_iam_policy_document.role

  name        = "nearcade-${var.environment}-${each.key}"
  description = "For a ${each.key} of Nearcade's ${var.environment}: attach it to their role"
  policy      = each.value.json
}
