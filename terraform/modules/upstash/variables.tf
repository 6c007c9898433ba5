variable "environment" {
  description = "staging or production."
  type        = string
}

variable "primary_region" {
  description = "Where writes go."
  type        = string
}

variable "read_regions" {
  description = "Where reads are answered too."
  type        = list(string)
}
