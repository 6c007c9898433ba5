# Everything that differs from other environments is in environments/production.json.

locals {
  environment = jsondecode(file("${path.module}/../../../environments/production.json"))
  public_host = trimprefix(local.environment.publicUrl, "https://")
}

module "cloudflare" {
  source = "../../modules/cloudflare"

  account_id   = local.environment.cloudflare.accountId
  zone         = local.environment.cloudflare.zone
  worker_name  = local.environment.worker.name
  public_host  = local.public_host
  node_domain  = local.environment.node.domain
  acme_issuers = try(local.environment.node.acme.issuers, null)
  saves_bucket = local.environment.worker.vars.SAVES_S3_BUCKET
  mail         = module.mail.records
  dmarc_policy = var.dmarc_policy
}

module "neon" {
  source = "../../modules/neon"

  environment     = local.environment.name
  org_id          = try(local.environment.neon.orgId, null)
  region          = local.environment.neon.region
  history_seconds = local.environment.neon.historySeconds
  min_cu          = local.environment.neon.minCu
  max_cu          = local.environment.neon.maxCu
}

module "upstash" {
  source = "../../modules/upstash"

  environment        = local.environment.name
  primary_region     = local.environment.upstash.primaryRegion
  read_regions       = local.environment.upstash.readRegions
  monthly_budget_usd = try(local.environment.upstash.monthlyBudgetUsd, null)
}

module "secrets" {
  source = "../../modules/aws-secrets"

  environment = local.environment.name
  account_id  = local.environment.aws.accountId
}

module "mail" {
  source    = "../../modules/aws-mail"
  providers = { aws = aws.mail }

  environment = local.environment.name
  from        = local.environment.worker.vars.MAIL_FROM
}

resource "aws_budgets_budget" "monthly" {
  name         = "nearcade-${local.environment.name}"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_email_addresses = [local.environment.alarmEmail]
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "ACTUAL"
    subscriber_email_addresses = [local.environment.alarmEmail]
  }
}
