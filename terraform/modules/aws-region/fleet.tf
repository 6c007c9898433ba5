# The region's nodes. A session that is played is never cut by scaling: a node protects itself from scale-in exactly while it holds one
# (media-node/fleet), and what has to go all the same drains first, held by the hook.

locals {
  hooks = {
    # The node says by itself that it is ready; one that never gets there is thrown away.
    (local.boot_hook) = {
      transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
      timeout    = 1200
      result     = "ABANDON"
    }
    # The node sends heartbeats while it drains and completes it when it is empty.
    (local.drain_hook) = {
      transition = "autoscaling:EC2_INSTANCE_TERMINATING"
      timeout    = min(7200, var.node.drain_seconds + 300)
      result     = "CONTINUE"
    }
  }
}

resource "aws_autoscaling_group" "nodes" {
  name                = local.name
  min_size            = var.settings.minNodes
  max_size            = var.settings.maxNodes
  vpc_zone_identifier = [for subnet in aws_subnet.public : subnet.id]

  health_check_type         = "EC2"
  health_check_grace_period = 60
  default_cooldown          = 60
  # From the hook's completion until its load counts.
  default_instance_warmup = 120
  # New nodes hold no session yet; from then on each decides for itself.
  protect_from_scale_in = false
  # What nobody plays on goes first, the oldest release before others.
  termination_policies = ["OldestLaunchTemplate", "Default"]
  # Evening out the zones would end nodes that are played on.
  suspended_processes = ["AZRebalance"]
  # Nor is a spot node ended early, on a mere sign of danger: it drains on its notice.
  capacity_rebalance = false
  enabled_metrics = [
    "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances", "GroupTerminatingInstances",
  ]
  # A first node takes longer than anybody wants to look at Terraform; the boot hook and the alarms say how it went.
  wait_for_capacity_timeout = "0"

  mixed_instances_policy {
    instances_distribution {
      on_demand_allocation_strategy = "prioritized"
      on_demand_base_capacity       = var.settings.minNodes
      # A spot node has two minutes to drain, which no player should get by default.
      on_demand_percentage_above_base_capacity = 100
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.node.id
        version            = aws_launch_template.node.latest_version
      }

      dynamic "override" {
        for_each = var.settings.instanceTypes

        content {
          instance_type = override.value
        }
      }
    }
  }

  # Before a node is replaced, its successor is there.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 110
  }

  # A new release replaces nodes one after the other, and waits for those that are played on.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 110
      instance_warmup              = "120"
      scale_in_protected_instances = "Wait"
      standby_instances            = "Wait"
      skip_matching                = true
    }
  }

  # The first nodes are launched before a hook of its own resource would be there.
  dynamic "initial_lifecycle_hook" {
    for_each = local.hooks

    content {
      name                 = initial_lifecycle_hook.key
      lifecycle_transition = initial_lifecycle_hook.value.transition
      heartbeat_timeout    = initial_lifecycle_hook.value.timeout
      default_result       = initial_lifecycle_hook.value.result
    }
  }

  dynamic "tag" {
    for_each = local.tags

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false
    }
  }

  lifecycle {
    # Scaling decides.
    ignore_changes = [desired_capacity, initial_lifecycle_hook]
  }

  # A node at its first boot fetches, is asked for its certificate and tells its load at once; and what it needs outlasts it.
  depends_on = [
    aws_route.internet,
    aws_route_table_association.public,
    aws_vpc_security_group_egress_rule.all,
    aws_vpc_security_group_ingress_rule.signalling,
    aws_vpc_security_group_ingress_rule.rtc,
    aws_vpc_security_group_ingress_rule.rtc_tcp,
    aws_iam_role_policy.node,
  ]
}

# The same hooks, so that a change to them is carried out: the group looks at its own when it is made and never again. They go before the group does, so
# `terraform destroy` drains nobody: docs/runbook/add-a-region.md empties a region first.
resource "aws_autoscaling_lifecycle_hook" "node" {
  for_each = local.hooks

  name                   = each.key
  autoscaling_group_name = aws_autoscaling_group.nodes.name
  lifecycle_transition   = each.value.transition
  heartbeat_timeout      = each.value.timeout
  default_result         = each.value.result
}

# Each ready node tells how many percent of its slots are taken, once a minute.
resource "aws_autoscaling_policy" "slots" {
  name                   = "slots-in-use"
  autoscaling_group_name = aws_autoscaling_group.nodes.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    # Percent of the slots: what is left lasts for the minutes that a new node takes.
    target_value = 65

    customized_metric_specification {
      namespace   = local.metric_namespace
      metric_name = "SlotsInUse"
      statistic   = "Average"
      unit        = "Percent"

      metric_dimension {
        name  = "AutoScalingGroupName"
        value = aws_autoscaling_group.nodes.name
      }
    }
  }
}

# An evening's rush: half as many again at once, since a node takes minutes to be there.
resource "aws_autoscaling_policy" "rush" {
  name                      = "rush"
  autoscaling_group_name    = aws_autoscaling_group.nodes.name
  policy_type               = "StepScaling"
  adjustment_type           = "PercentChangeInCapacity"
  min_adjustment_magnitude  = 1
  metric_aggregation_type   = "Average"
  estimated_instance_warmup = 120

  step_adjustment {
    metric_interval_lower_bound = "0"
    scaling_adjustment          = 50
  }
}
