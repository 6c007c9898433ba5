variable "environment" {
  description = "staging or production."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
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
    slots          = number
    drain_seconds  = number
    secrets_region = string
    release = object({
      url    = string
      sha256 = string
    })
  })

  validation {
    condition     = startswith(var.node.release.url, "https://") && can(regex("^[0-9a-f]{64}$", var.node.release.sha256))
    error_message = "The release needs an https address and a SHA-256 of 64 hex digits."
  }
}

variable "auto_scaling_group" {
  description = "The group that the node belongs to."
  type        = string
}

variable "boot_hook" {
  description = "The hook that holds a new instance until its node is ready."
  type        = string
}

variable "drain_hook" {
  description = "The hook that holds an instance that is to go, until its node has drained."
  type        = string
}

variable "log_group" {
  description = "Group of CloudWatch Logs that the node's logs go to."
  type        = string
}

variable "newest_image" {
  description = "The newest AMI that a node can be made of."
  type        = string
}
