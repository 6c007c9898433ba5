output "auto_scaling_group" {
  description = "Name of the region's auto scaling group."
  value       = aws_autoscaling_group.nodes.name
}

output "log_group" {
  description = "Where the region's nodes log to."
  value       = aws_cloudwatch_log_group.nodes.name
}

output "alarm_topic" {
  description = "ARN of the topic of the region's alarms."
  value       = aws_sns_topic.alarms.arn
}

output "node_role" {
  description = "Name of the role that nodes have."
  value       = aws_iam_role.node.name
}
