variable "environment" {
  description = "staging or production."
  type        = string
}

variable "account_id" {
  description = "AWS account, 12 digits."
  type        = string
}
