CREATE TABLE "save_share_uses" (
	"share_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"save_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "save_share_uses_share_id_user_id_pk" PRIMARY KEY("share_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "save_shares" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"token_hash" text NOT NULL,
	"user_id" uuid NOT NULL,
	"game" text NOT NULL,
	"build_version" text NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"object_key" text NOT NULL,
	"uses" integer NOT NULL,
	"uses_left" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "save_shares_token" UNIQUE("token_hash"),
	CONSTRAINT "save_shares_uses" CHECK ("save_shares"."uses_left" between 0 and "save_shares"."uses")
);
--> statement-breakpoint
ALTER TABLE "save_share_uses" ADD CONSTRAINT "save_share_uses_share_id_save_shares_id_fk" FOREIGN KEY ("share_id") REFERENCES "public"."save_shares"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "save_share_uses" ADD CONSTRAINT "save_share_uses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "save_shares" ADD CONSTRAINT "save_shares_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "save_shares" ADD CONSTRAINT "save_shares_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "save_share_uses_user" ON "save_share_uses" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "save_shares_user" ON "save_shares" USING btree ("user_id","id") WHERE "save_shares"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "save_shares_object" ON "save_shares" USING btree ("object_key");--> statement-breakpoint
CREATE INDEX "save_shares_expiry" ON "save_shares" USING btree ("expires_at");