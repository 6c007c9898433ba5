# Once for an AWS account, before everything else: where Terraform keeps its state. Its own state is a file beside it, without secrets; should
# that get lost, `terraform import` brings it back. Bucket and key have names that another clone knows (docs/runbook/another-clone.md).

terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }
}

variable "account_id" {
  description = "AWS account, 12 digits."
  type        = string
}

variable "region" {
  description = "Where the state is kept."
  type        = string
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { Project = "nearcade" }
  }
}

resource "aws_kms_key" "state" {
  description         = "Nearcade's Terraform state"
  enable_key_rotation = true
}

resource "aws_kms_alias" "state" {
  name          = "alias/nearcade-terraform-state"
  target_key_id = aws_kms_key.state.key_id
}

resource "aws_s3_bucket" "state" {
  bucket = "nearcade-terraform-${var.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-states"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = 365
      newer_noncurrent_versions = 20
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "OnlyByTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # Terraform names the key with the state and with its lock alike when it was told of one by `init`; told of none it asks for S3's own key instead of the
  # bucket's, and is refused here before it has written anything.
  statement {
    sid       = "OnlyWithItsKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.state.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}

# Who may apply which part: a state is read and written by whom its policy is attached to.
data "aws_iam_policy_document" "state" {
  for_each = toset(["zone", "staging", "production"])

  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${each.key}/*"]
    }
  }

  # The lock is an object beside the state, which is deleted afterwards; the state itself never is.
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/*"]
  }

  statement {
    actions   = ["s3:DeleteObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/*.tflock"]
  }

  statement {
    # The last to find the key by its alias.
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = [aws_kms_key.state.arn]
  }
}

resource "aws_iam_policy" "state" {
  for_each = data.aws_iam_policy_document.state

  name        = "nearcade-terraform-${each.key}"
  description = "Terraform's state of Nearcade's ${each.key}"
  policy      = each.value.json
}

output "bucket" {
  description = "The S3 backend's bucket."
  value       = aws_s3_bucket.state.bucket
}

output "kms_key_id" {
  description = "The S3 backend's kms_key_id."
  value       = aws_kms_key.state.arn
}
