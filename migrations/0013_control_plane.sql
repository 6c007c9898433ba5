ALTER TABLE "sign_in_locks" ADD COLUMN "guarded" text NOT NULL;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "expires_at" timestamp with time zone NOT NULL;--> statement-breakpoint
CREATE INDEX "sign_in_locks_guarded" ON "sign_in_locks" USING btree ("guarded");--> statement-breakpoint
CREATE INDEX "users_guests" ON "users" USING btree ("created_at") WHERE "users"."guest";