variable "environment" {
  description = "staging or production."
  type        = string
}

variable "account_id" {
  description = "AWS account, 12 digits."
  type        = string
}

variable "settings" {
  description = "The region's entry in environments/<name>.json."
  type = object({
    # Of the VPC, /16 to /20.
    cidr = string
    # All x86-64, the preferred one first.
    instanceTypes = list(string)
    minNodes      = number
    maxNodes      = number
  })
}

variable "node" {
  description = "What the nodes of all regions have in common."
  type = object({
    edge_url       = string
    domain         = string
    acme_directory = string
    acme_email     = string
    # Another issuer, or a second one: node.acme of environments/*.json.
    acme = optional(object({
      externalAccount = optional(bool, false)
      fallback = optional(object({
        directory       = string
        externalAccount = optional(bool, false)
      }))
    }))
    slots         = number
    drain_seconds = number
    # Where Secrets Manager has the environment's secrets, and the key that they are encrypted with.
    secrets_region  = string
    secrets_key_arn = string
    release = object({
      url    = string
      sha256 = string
    })
  })
}

variable "alarm_email" {
  description = "Who is told of alarms, once they have confirmed AWS's mail."
  type        = string
}
