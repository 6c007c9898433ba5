output "url" {
  description = "UPSTASH_REDIS_REST_URL; the token is not here."
  value       = "https://${upstash_redis_database.this.endpoint}"
}

output "database_id" {
  description = "Upstash's id of the database, by which its API gives the token."
  value       = upstash_redis_database.this.database_id
}
