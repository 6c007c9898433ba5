output "cloudflare" {
  description = "What the Worker is deployed with."
  value = {
    zone_id           = module.cloudflare.zone_id
    events_queue      = module.cloudflare.events_queue
    dead_letter_queue = module.cloudflare.dead_letter_queue
    releases_bucket   = module.cloudflare.releases_bucket
    releases_url      = module.cloudflare.releases_url
  }
}

output "neon" {
  description = "Where the database is; its passwords are set by `npm run database` and are in Secrets Manager."
  value = {
    project_id = module.neon.project_id
    branch_id  = module.neon.branch_id
    host       = module.neon.host
    database   = module.neon.database
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
  description = "Names of the secrets to be filled, and the policies for who reads or fills them."
  value = {
    names     = module.secrets.names
    policies  = module.secrets.policies
    mail_user = module.mail.user
  }
}

output "regions" {
  description = "Each region's group of nodes, its logs and its alarms."
  value = {
    for region, nodes in local.regions : region => {
      auto_scaling_group = nodes.auto_scaling_group
      log_group          = nodes.log_group
      alarm_topic        = nodes.alarm_topic
      node_role          = nodes.node_role
    }
  }
}
