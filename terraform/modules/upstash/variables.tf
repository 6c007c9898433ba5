variable "environment" {
  description = "staging or production."
  type        = string
}

variable "primary_region" {
  description = "Where writes go."
  type        = string
}

variable "read_regions" {
  description = "Where reads are answered too."
  type        = list(string)
}

variable "monthly_budget_usd" {
  description = "What it may cost a month; Upstash throttles it until the next one when that is reached, and by itself takes 20, ten million commands. Ten times that only stops a mistake."
  type        = number
  default     = 200
  nullable    = false
}
