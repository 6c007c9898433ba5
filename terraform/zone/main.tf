# What environments share that lie in one Cloudflare zone: its settings, and its one list of rate limits. Applied once for each zone.

terraform {
  required_version = ">= 1.11.0"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "5.14.0"
    }
  }

  # Bucket, region and key are given to `terraform init` (docs/runbook/first-deploy.md): each zone has a state of its own.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

# Its token comes from CLOUDFLARE_API_TOKEN.
provider "cloudflare" {}

locals {
  staging    = jsondecode(file("${path.module}/../../environments/staging.json"))
  production = jsondecode(file("${path.module}/../../environments/production.json"))

  limits = [
    {
      zone     = local.staging.cloudflare.zone
      host     = trimprefix(local.staging.publicUrl, "https://")
      requests = local.staging.cloudflare.requestsPerMinutePerAddress
    },
    {
      zone     = local.production.cloudflare.zone
      host     = trimprefix(local.production.publicUrl, "https://")
      requests = local.production.cloudflare.requestsPerMinutePerAddress
    },
  ]
}

variable "zone" {
  description = "The zone, as the environments that lie in it call it: other environments' are left alone."
  type        = string

  validation {
    condition     = contains([for limit in local.limits : limit.zone], var.zone)
    error_message = "No environment lies in this zone: see cloudflare.zone in environments/*.json."
  }
}

module "zone" {
  source = "../modules/cloudflare-zone"

  zone   = var.zone
  limits = { for limit in local.limits : limit.host => limit.requests if limit.zone == var.zone }
}

output "ds" {
  description = "The zone's DS record, for its registrar."
  value       = module.zone.ds
}
