CREATE TABLE "saves" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"game" text NOT NULL,
	"slot" text NOT NULL,
	"build_version" text NOT NULL,
	"session_id" uuid,
	"epoch" bigint NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"object_key" text NOT NULL,
	"state" text DEFAULT 'uploading' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"upload_expires_at" timestamp with time zone NOT NULL,
	"saved_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "saves_object" UNIQUE("object_key"),
	CONSTRAINT "saves_state" CHECK ("saves"."state" in ('uploading', 'good', 'deleted')),
	CONSTRAINT "saves_size" CHECK ("saves"."size" > 0),
	CONSTRAINT "saves_sha256" CHECK ("saves"."sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "saves_good_at" CHECK ("saves"."state" <> 'good' or "saves"."saved_at" is not null),
	CONSTRAINT "saves_deleted_at" CHECK (("saves"."state" = 'deleted') = ("saves"."deleted_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "saves" ADD CONSTRAINT "saves_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saves" ADD CONSTRAINT "saves_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saves" ADD CONSTRAINT "saves_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "saves_good" ON "saves" USING btree ("user_id","game","slot") WHERE "saves"."state" = 'good';--> statement-breakpoint
CREATE INDEX "saves_user" ON "saves" USING btree ("user_id","id") WHERE "saves"."state" <> 'deleted';--> statement-breakpoint
CREATE INDEX "saves_uploading" ON "saves" USING btree ("upload_expires_at") WHERE "saves"."state" = 'uploading';--> statement-breakpoint
CREATE INDEX "saves_deleted" ON "saves" USING btree ("deleted_at") WHERE "saves"."state" = 'deleted';--> statement-breakpoint
CREATE INDEX "saves_session" ON "saves" USING btree ("session_id");