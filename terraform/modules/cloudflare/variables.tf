variable "account_id" {
  description = "Cloudflare account."
  type        = string
}

variable "zone" {
  description = "Name of the zone that the hosts lie in."
  type        = string
}

variable "worker_name" {
  description = "The Worker that wrangler deploys. Queues are named after it."
  type        = string
}

variable "public_host" {
  description = "Host name that players open."
  type        = string
}

variable "node_domain" {
  description = "Nodes are <node id>.<node_domain>; the Worker makes their records."
  type        = string
}

variable "acme_issuers" {
  description = "The certificate authorities that may issue for nodes (RFC 8659): Let's Encrypt, and ZeroSSL, whose certificates Sectigo issues; null for those."
  type        = list(string)
  nullable    = false
  default     = ["letsencrypt.org", "sectigo.com"]
}

variable "saves_bucket" {
  description = "R2 bucket of saves and recordings."
  type        = string
}

variable "location" {
  description = "Where R2 puts it: weur, eeur, wnam, enam, apac or oc."
  type        = string
  default     = "weur"
}

variable "mail" {
  description = "What Amazon SES wants said of the domain that mails come from (modules/aws-mail)."
  type = object({
    domain          = string
    return_path     = string
    feedback_server = string
    # The three names that mails are signed under (DKIM).
    tokens = list(string)
  })
}

variable "dmarc_policy" {
  description = "none, quarantine or reject; null: no record of ours."
  type        = string

  validation {
    condition     = contains(["none", "quarantine", "reject"], coalesce(var.dmarc_policy, "none"))
    error_message = "A DMARC policy is none, quarantine or reject, or null for no record."
  }
}
