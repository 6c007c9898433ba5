output "project_id" {
  description = "Neon's id of the project."
  value       = neon_project.this.id
}

output "branch_id" {
  description = "Neon's id of the branch that the platform lives on."
  value       = neon_branch.live.id
}

output "host" {
  description = "Host name of that branch's endpoint; no credentials."
  value       = neon_endpoint.live.host
}

output "database" {
  description = "Name of the database."
  value       = neon_project.this.database_name
}
