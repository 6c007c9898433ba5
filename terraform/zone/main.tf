# What environments share that lie in one Cloudflare zone: its settings, and its one list of rate limits.

terraform {
  required_version = ">= 1.11.0"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "5.14.0"
    }
  }

  # The bucket, its region and key are given to `terraform init` (terraform/bootstrap).
  backend "s3" {
    key          = "zone/terraform.tfstate"
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

module "zone" {
  source   = "../modules/cloudflare-zone"
  for_each = toset([for limit in local.limits : limit.zone])

  zone   = each.key
  limits = { for limit in local.limits : limit.host => limit.requests if limit.zone == each.key }
}

output "ds" {
  description = "The DS record of each zone, for its registrar."
  value       = { for zone, made in module.zone : zone => made.ds }
}
