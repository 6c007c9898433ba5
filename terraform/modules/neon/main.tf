# The platform's Postgres. The provider keeps the password of the project's first role in Terraform's state, and reads it anew each time;
# version 0.15 has no way not to (Neon's own neondatabase/neon, of November 2026, has). So the project's first branch stays empty, and the platform lives on a second one: roles get new passwords
# on a branch of a protected branch (https://neon.com/docs/guides/protected-branches). What the state holds opens an empty database.

resource "neon_project" "this" {
  name      = "nearcade-${var.environment}"
  org_id    = var.org_id
  region_id = var.region
  # As locally (@embedded-postgres): the statements in migrations/ want it.
  pg_version                = 18
  history_retention_seconds = var.history_seconds
  default_branch_protected  = true

  branch {
    name          = "empty"
    database_name = "nearcade"
    role_name     = "nearcade_first"
  }

  # Of the empty branch: nobody calls it, so it sleeps.
  default_endpoint_settings {
    autoscaling_limit_min_cu = 0.25
    autoscaling_limit_max_cu = 0.25
  }

  lifecycle {
    prevent_destroy = true
  }
}

# It has the first one's database and role, with a password that no resource here reads.
resource "neon_branch" "live" {
  project_id = neon_project.this.id
  parent_id  = neon_project.this.default_branch_id
  name       = "live"
  protected  = "yes"

  lifecycle {
    prevent_destroy = true
    # After a restore it descends from what was kept.
    ignore_changes = [parent_id]
  }
}

resource "neon_endpoint" "live" {
  project_id               = neon_project.this.id
  branch_id                = neon_branch.live.id
  type                     = "read_write"
  autoscaling_limit_min_cu = var.min_cu
  autoscaling_limit_max_cu = var.max_cu
}
