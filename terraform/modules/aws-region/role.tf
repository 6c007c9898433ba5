# What a node may do: read the environment's node secrets, speak for itself in its own group, tell its load, write its logs.

locals {
  permissions = jsondecode(file("${path.module}/../../../secrets/permissions.json"))
  secret_arns = "arn:aws:secretsmanager:${var.node.secrets_region}:${var.account_id}:secret:nearcade/${var.environment}"
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "node" {
  # secrets/permissions.json says what; here is where.
  dynamic "statement" {
    for_each = local.permissions.node

    content {
      actions   = statement.value.actions
      resources = ["${local.secret_arns}/${statement.value.secrets}"]
    }
  }

  statement {
    sid       = "DecryptThem"
    actions   = ["kms:Decrypt"]
    resources = [var.node.secrets_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.node.secrets_region}.amazonaws.com"]
    }
  }

  statement {
    sid = "OwnGroup"
    actions = [
      "autoscaling:SetInstanceProtection",
      "autoscaling:CompleteLifecycleAction",
      "autoscaling:RecordLifecycleActionHeartbeat",
      # To be replaced once it is empty, when EC2 may need the machine back.
      "autoscaling:SetInstanceHealth",
    ]
    resources = ["arn:aws:autoscaling:${local.region}:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/${local.name}"]
  }

  # PutMetricData knows no resources, only namespaces.
  statement {
    sid       = "TellLoad"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.metric_namespace]
    }
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.nodes.arn}:*"]
  }
}

resource "aws_iam_role" "node" {
  # Roles are of the whole account: the region is in the name.
  name               = "${local.name}-node"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "node" {
  name   = "node"
  role   = aws_iam_role.node.id
  policy = data.aws_iam_policy_document.node.json
}

resource "aws_iam_instance_profile" "node" {
  name = "${local.name}-node"
  role = aws_iam_role.node.name
}
