# A region is a provider and a module, and its entry in environments/production.json (docs/runbook/add-a-region.md).

locals {
  # For the outputs.
  regions = merge(
    { "eu-central-1" = module.eu-central-1 },
    { "us-east-1" = module.us-east-1 },
  )

  # What all regions have in common.
  node = {
    edge_url        = local.environment.publicUrl
    domain          = local.environment.node.domain
    acme_directory  = local.environment.node.acmeDirectory
    acme_email      = local.environment.node.acmeEmail
    acme            = try(local.environment.node.acme, null)
    slots           = local.environment.node.slots
    drain_seconds   = local.environment.node.drainSeconds
    secrets_region  = local.environment.aws.secretsRegion
    secrets_key_arn = module.secrets.key_arn
    release         = var.release
  }
}

provider "aws" {
  alias               = "eu-central-1"
  region              = "eu-central-1"
  allowed_account_ids = [local.environment.aws.accountId]

  default_tags {
    tags = local.aws_tags
  }
}

module "eu-central-1" {
  source    = "../../modules/aws-region"
  providers = { aws = aws.eu-central-1 }

  environment = local.environment.name
  account_id  = local.environment.aws.accountId
  alarm_email = local.environment.alarmEmail
  settings    = local.environment.regions["eu-central-1"]
  node        = local.node
}

provider "aws" {
  alias               = "us-east-1"
  region              = "us-east-1"
  allowed_account_ids = [local.environment.aws.accountId]

  default_tags {
    tags = local.aws_tags
  }
}

module "us-east-1" {
  source    = "../../modules/aws-region"
  providers = { aws = aws.us-east-1 }

  environment = local.environment.name
  account_id  = local.environment.aws.accountId
  alarm_email = local.environment.alarmEmail
  settings    = local.environment.regions["us-east-1"]
  node        = local.node
}
