output "auto_scaling_group" {
  description = "Name of the region's auto scaling group."
  value       = aws_autoscaling_group.nodes.name
}

output "log_group" {
  description = "Where the region's nodes log to."
  value       = aws_cloudwatch_log_group.nodes.name
}
