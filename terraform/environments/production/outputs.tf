output "cloudflare" {
  description = "The Worker's zone, and where releases for nodes are put and fetched."
  value = {
    zone_id         = module.cloudflare.zone_id
    releases_bucket = module.cloudflare.releases_bucket
    releases_url    = module.cloudflare.releases_url
  }
}

output "upstash" {
  description = "Where the hints are; the token is in Secrets Manager."
  value = {
    url         = module.upstash.url
    database_id = module.upstash.database_id
  }
}

output "secrets" {
  description = "The policies for who reads or fills secrets, and the user whose key the Worker sends mails with."
  value = {
    policies  = module.secrets.policies
    mail_user = module.mail.user
  }
}

output "regions" {
  description = "Each region's group of nodes and its logs."
  value = {
    for region, nodes in local.regions : region => {
      auto_scaling_group = nodes.auto_scaling_group
      log_group          = nodes.log_group
    }
  }
}
