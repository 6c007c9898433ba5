# Tokens come from the surroundings: CLOUDFLARE_API_TOKEN, NEON_API_KEY, and AWS's own.

locals {
  aws_tags = {
    Project     = "nearcade"
    Environment = local.environment.name
  }
}

provider "cloudflare" {}

provider "neon" {}

provider "upstash" {
  email   = var.upstash_email
  api_key = var.upstash_api_key
}

# Secrets, their key, the budget.
provider "aws" {
  region              = local.environment.aws.secretsRegion
  allowed_account_ids = [local.environment.aws.accountId]

  default_tags {
    tags = local.aws_tags
  }
}

provider "aws" {
  alias               = "mail"
  region              = local.environment.worker.vars.SES_REGION
  allowed_account_ids = [local.environment.aws.accountId]

  default_tags {
    tags = local.aws_tags
  }
}
