output "zone_id" {
  description = "DNS_ZONE_ID: the zone that the Worker makes nodes' records in."
  value       = local.zone_id
}

output "releases_bucket" {
  description = "Where releases are put for nodes to fetch."
  value       = cloudflare_r2_bucket.releases.name
}

output "releases_url" {
  description = "Where they are fetched; an origin."
  value       = "https://${cloudflare_r2_custom_domain.releases.domain}"
}
