# Who is told when the region is in trouble. Each alarm says in its description what to do.

locals {
  group_dimension = { AutoScalingGroupName = aws_autoscaling_group.nodes.name }
}

resource "aws_cloudwatch_log_group" "nodes" {
  name              = "/nearcade/${var.environment}/${local.region}"
  retention_in_days = 30
}

resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  # EventBridge says nothing of itself to SNS that a condition could ask for: with one it would be refused, and nobody told
  # (docs.aws.amazon.com/eventbridge, "Using resource-based policies", SNS). Whoever knows the topic could at worst send a mail through it.
  statement {
    sid       = "Events"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_cloudwatch_metric_alarm" "no_ready_node" {
  # Where no node has to be, none is missing.
  count = var.settings.minNodes > 0 ? 1 : 0

  alarm_name          = "${local.name}-no-ready-node"
  alarm_description   = "No node of the region tells its load: nobody can play there. Look at the group's activity and the nodes' logs."
  namespace           = local.metric_namespace
  metric_name         = "SlotsInUse"
  dimensions          = local.group_dimension
  statistic           = "SampleCount"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "rush" {
  alarm_name          = "${local.name}-rush"
  alarm_description   = "More than 85% of the slots are taken: the group grows by half at once."
  namespace           = local.metric_namespace
  metric_name         = "SlotsInUse"
  dimensions          = local.group_dimension
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 85
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_autoscaling_policy.rush.arn]
}

resource "aws_cloudwatch_metric_alarm" "full" {
  alarm_name          = "${local.name}-full"
  alarm_description   = "Nearly every slot has been taken for ten minutes: players wait. Raise maxNodes, or look why no node comes."
  namespace           = local.metric_namespace
  metric_name         = "SlotsInUse"
  dimensions          = local.group_dimension
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = 95
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# In service, and silent: what the edge calls lost. A node that drains on an order is silent too, until it is gone.
resource "aws_cloudwatch_metric_alarm" "node_lost" {
  alarm_name          = "${local.name}-node-lost"
  alarm_description   = "A node is in service and tells nothing, for longer than a drain takes. Its sessions have gone on elsewhere or failed: end it."
  evaluation_periods  = 5 + ceil(var.node.drain_seconds / 60)
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "silent"
    expression  = "in_service - FILL(telling, 0)"
    label       = "Nodes in service that tell nothing"
    return_data = true
  }

  metric_query {
    id = "in_service"

    metric {
      namespace   = "AWS/AutoScaling"
      metric_name = "GroupInServiceInstances"
      dimensions  = local.group_dimension
      period      = 60
      stat        = "Minimum"
    }
  }

  metric_query {
    id = "telling"

    metric {
      namespace   = local.metric_namespace
      metric_name = "SlotsInUse"
      dimensions  = local.group_dimension
      period      = 60
      stat        = "SampleCount"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "instance_status" {
  alarm_name          = "${local.name}-instance-status"
  alarm_description   = "AWS finds a machine or its host broken. The group replaces it."
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed"
  dimensions          = local.group_dimension
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

# A hook that ran out or was abandoned: a node that never got ready, or whose drain nobody completed. And a refresh that stopped half-way, as after an hour
# of waiting for a node that is played on: docs/runbook/release-nodes.md starts it again.
resource "aws_cloudwatch_event_rule" "unsuccessful" {
  name        = "${local.name}-unsuccessful"
  description = "Launches, terminations and instance refreshes that did not go to their end"

  event_pattern = jsonencode({
    source = ["aws.autoscaling"]
    detail-type = [
      "EC2 Instance Launch Unsuccessful",
      "EC2 Instance Terminate Unsuccessful",
      "EC2 Auto Scaling Instance Refresh Failed",
    ]
    detail = { AutoScalingGroupName = [aws_autoscaling_group.nodes.name] }
  })
}

resource "aws_cloudwatch_event_target" "unsuccessful" {
  rule = aws_cloudwatch_event_rule.unsuccessful.name
  arn  = aws_sns_topic.alarms.arn
}
