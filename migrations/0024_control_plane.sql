ALTER TABLE "active_days" DROP CONSTRAINT "active_days_user_id_users_id_fk";
--> statement-breakpoint
CREATE INDEX "users_created" ON "users" USING btree ("created_at");