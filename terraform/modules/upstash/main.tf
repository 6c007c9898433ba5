# The platform's hints: presence, load of nodes, rate limits. Losing them costs latency and nothing else.
# The provider keeps the database's tokens in Terraform's state and has no way not to: who may read the state (terraform/bootstrap) may
# read and write hints. They are in no output.

resource "upstash_redis_database" "this" {
  database_name  = "nearcade-${var.environment}"
  region         = "global"
  primary_region = var.primary_region
  read_regions   = var.read_regions
  tls            = true
  # Everything in it expires or can be made anew; a full database must not refuse writes.
  eviction = true
  budget   = var.monthly_budget_usd
}
