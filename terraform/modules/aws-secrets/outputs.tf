output "key_arn" {
  description = "KMS key of the secrets."
  value       = aws_kms_key.this.arn
}

output "policies" {
  description = "IAM policies for a deployer and for an operator."
  value       = { for role, policy in aws_iam_policy.role : role => policy.arn }
}
