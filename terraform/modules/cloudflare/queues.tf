# What nodes report about their sessions (edge/fleet/events.ts), and what was given up of it, which an operator finds in the console.
# Consumers, retries and which queue is whose dead-letter queue are in wrangler.toml, beside the code that they call.

locals {
  # Fourteen days, the most: an operator may be on holiday.
  retention_seconds = 14 * 24 * 3600
}

resource "cloudflare_queue" "events" {
  account_id = var.account_id
  queue_name = "${var.worker_name}-events"

  settings = {
    message_retention_period = local.retention_seconds
  }
}

resource "cloudflare_queue" "dead" {
  account_id = var.account_id
  queue_name = "${var.worker_name}-events-dead"

  settings = {
    message_retention_period = local.retention_seconds
  }
}
