variable "environment" {
  description = "staging or production."
  type        = string
}

variable "org_id" {
  description = "The organization's id at Neon, which a person's API key wants; null for the key of an organization, which has but one."
  type        = string
  default     = null
}

variable "region" {
  description = "Neon's name of a region, such as aws-eu-central-1."
  type        = string
}

variable "history_seconds" {
  description = "How far back the database can be restored to."
  type        = number
}

variable "min_cu" {
  description = "The fewest compute units."
  type        = number
}

variable "max_cu" {
  description = "The most compute units."
  type        = number
}
