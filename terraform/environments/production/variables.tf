variable "release" {
  description = "What nodes run: a release's address and its SHA-256 in hex (`npm run release` writes both)."
  type = object({
    url    = string
    sha256 = string
  })
}

variable "monthly_budget_usd" {
  description = "What the AWS account may cost a month before somebody is told."
  type        = number
  default     = 500
}

variable "dmarc_policy" {
  description = "What other mail systems do with a mail from our address that we did not send: none, quarantine or reject (RFC 7489). Null makes no record, for a domain that has one."
  type        = string
  default     = "quarantine"
}

variable "upstash_email" {
  description = "Account at Upstash; give it as TF_VAR_upstash_email."
  type        = string
}

variable "upstash_api_key" {
  description = "Its key; give it as TF_VAR_upstash_api_key. Ephemeral: it gets into no plan and no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}
