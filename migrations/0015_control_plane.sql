CREATE TABLE "chat_channels" (
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"last_seq" integer NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chat_channels_scope_scope_id_pk" PRIMARY KEY("scope","scope_id"),
	CONSTRAINT "chat_channels_scope" CHECK ("chat_channels"."scope" in ('party', 'club', 'room')),
	CONSTRAINT "chat_channels_seq" CHECK ("chat_channels"."last_seq" > 0)
);
--> statement-breakpoint
CREATE TABLE "chat_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"author_id" uuid NOT NULL,
	"text" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "chat_messages_seq" UNIQUE("scope","scope_id","seq"),
	CONSTRAINT "chat_messages_deleted" CHECK (("chat_messages"."text" is null) = ("chat_messages"."deleted_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "chat_rates" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"messages" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_rates" ADD CONSTRAINT "chat_rates_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chat_channels_age" ON "chat_channels" USING btree ("used_at");--> statement-breakpoint
CREATE INDEX "chat_messages_author" ON "chat_messages" USING btree ("author_id") WHERE "chat_messages"."text" is not null;--> statement-breakpoint
CREATE INDEX "chat_messages_age" ON "chat_messages" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "chat_rates_age" ON "chat_rates" USING btree ("window_start");