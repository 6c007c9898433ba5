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

variable "ami_id" {
  description = "Image of the nodes; null for Debian's newest of Debian 12."
  type        = string
  default     = null
}

variable "volume_gb" {
  description = "Size of a node's disk: games, saves of running sessions, recordings not put up yet."
  type        = number
  default     = 60
}

variable "on_demand_percent" {
  description = "Of the nodes above minNodes, how many are not spot instances. A spot node has two minutes to drain."
  type        = number
  default     = 100
}

variable "target_slots_in_use" {
  description = "Percent of the ready slots that scaling aims at."
  type        = number
  default     = 65
}

variable "log_days" {
  description = "How long logs are kept; a number that CloudWatch knows."
  type        = number
  default     = 30
}

variable "session_access" {
  description = "Lets operators open a shell by AWS Session Manager. Needs an ami_id with the SSM agent, which Debian's has not."
  type        = bool
  default     = false

  validation {
    condition     = !var.session_access || var.ami_id != null
    error_message = "Session Manager needs an image with its agent: give ami_id too."
  }
}
