terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "5.14.0"
    }
    neon = {
      source  = "kislerdm/neon"
      version = "0.15.0"
    }
    upstash = {
      source  = "upstash/upstash"
      version = "2.0.1"
    }
  }

  # The bucket, its region and key are given to `terraform init` (terraform/bootstrap).
  backend "s3" {
    key          = "staging/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
