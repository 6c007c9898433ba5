# What a zone has once, whatever environments lie in it.

data "cloudflare_zone" "this" {
  filter = {
    name = var.zone
  }
}

locals {
  zone_id = data.cloudflare_zone.this.zone_id

  settings = {
    ssl                      = "strict"
    always_use_https         = "on"
    min_tls_version          = "1.2"
    tls_1_3                  = "on"
    automatic_https_rewrites = "on"
    websockets               = "on"
  }
}

resource "cloudflare_zone_setting" "this" {
  for_each = local.settings

  zone_id    = local.zone_id
  setting_id = each.key
  value      = each.value
}

resource "cloudflare_zone_dnssec" "this" {
  zone_id = local.zone_id
  status  = "active"
}

# Before the Worker is asked at all. Its own limits, by account and by what is tried, come after (edge/http). A zone has one such list; how
# many rules it takes and how long a period may be depends on the plan: a rule an environment and a minute want Pro.
resource "cloudflare_ruleset" "rate_limits" {
  zone_id     = local.zone_id
  name        = "Requests an address"
  description = "One address must not keep everybody else out"
  kind        = "zone"
  phase       = "http_ratelimit"

  rules = [
    for host, requests in var.limits : {
      ref         = replace(host, ".", "_")
      description = "At most ${requests} requests a minute to ${host}"
      # Media nodes report for all their players, each from one address, and are known by their tokens.
      expression = "(http.host eq \"${host}\" and not starts_with(http.request.uri.path, \"/node/\"))"
      action     = "block"
      ratelimit = {
        characteristics     = ["ip.src", "cf.colo.id"]
        period              = 60
        requests_per_period = requests
        mitigation_timeout  = 60
      }
    }
  ]
}
