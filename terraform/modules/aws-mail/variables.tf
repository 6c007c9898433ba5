variable "environment" {
  description = "staging or production."
  type        = string
}

variable "from" {
  description = "Sender of mails as the Worker has it: Name <address>."
  type        = string
}
