SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.analyses (
    id character varying NOT NULL,
    started_at timestamp with time zone NOT NULL,
    calls integer NOT NULL,
    settings json NOT NULL
);
CREATE TABLE public.assignments (
    call_id character varying NOT NULL,
    task_id character varying
);
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    who character varying NOT NULL,
    action character varying NOT NULL,
    subject character varying NOT NULL,
    detail json NOT NULL
);
CREATE SEQUENCE public.audit_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_seq_seq OWNED BY public.audit.seq;
CREATE TABLE public.bundles (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    dataset_id character varying,
    created_at timestamp with time zone NOT NULL,
    path character varying NOT NULL,
    verdict character varying NOT NULL,
    manifest_sha256 character varying NOT NULL,
    retired_at timestamp with time zone,
    retired_because character varying
);
CREATE TABLE public.calls (
    seq bigint NOT NULL,
    id character varying NOT NULL,
    trace_id character varying,
    parent_id character varying,
    call_index integer,
    app character varying,
    agent character varying,
    provider character varying,
    model character varying,
    operation character varying NOT NULL,
    framework character varying,
    started_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    duration_ms double precision,
    time_to_first_token_ms double precision,
    prompt_id bytea,
    tools_id bytea,
    response_format_id bytea,
    response_id bytea,
    error_id bytea,
    extra_id bytea,
    input_tokens integer,
    output_tokens integer,
    cached_tokens integer,
    reasoning_tokens integer,
    cost_usd double precision,
    audience character varying NOT NULL,
    origin character varying,
    served_by character varying NOT NULL
);
CREATE SEQUENCE public.calls_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calls_seq_seq OWNED BY public.calls.seq;
CREATE TABLE public.contents (
    id bytea NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    data bytea NOT NULL,
    key_number integer DEFAULT 0 NOT NULL,
    state integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.dataset_items (
    dataset_id character varying NOT NULL,
    call_id character varying NOT NULL,
    split character varying NOT NULL,
    origin character varying
);
CREATE TABLE public.datasets (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_calls integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.entities (
    id bytea NOT NULL,
    type character varying NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    key_number integer NOT NULL,
    data bytea NOT NULL
);
CREATE TABLE public.erasures (
    id character varying NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    requested_by character varying NOT NULL,
    origins json NOT NULL,
    proof json NOT NULL,
    deleted_at timestamp with time zone,
    scrubbed_at timestamp with time zone
);
CREATE TABLE public.flags (
    seq bigint NOT NULL,
    task_id character varying NOT NULL,
    mode character varying NOT NULL,
    rate double precision NOT NULL,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE SEQUENCE public.flags_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.flags_seq_seq OWNED BY public.flags.seq;
CREATE TABLE public.grants (
    grantee character varying NOT NULL,
    app character varying NOT NULL,
    role character varying NOT NULL
);
CREATE TABLE public.mentions (
    seq bigint NOT NULL,
    id bytea NOT NULL,
    scope character varying NOT NULL,
    entity_id bytea NOT NULL
);
CREATE SEQUENCE public.mentions_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mentions_seq_seq OWNED BY public.mentions.seq;
CREATE TABLE public.meta (
    key character varying NOT NULL,
    value bytea NOT NULL
);
COMMENT ON TABLE public.meta IS 'facts about this database: the epoch of its contents';
CREATE TABLE public.nodes (
    id bytea NOT NULL,
    parent_id bytea,
    content_id bytea NOT NULL,
    depth integer NOT NULL
);
CREATE TABLE public.observations (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    task_id character varying NOT NULL,
    bundle_id character varying NOT NULL,
    mode character varying NOT NULL,
    accepted boolean NOT NULL,
    agreed boolean NOT NULL,
    score double precision NOT NULL,
    student_ms double precision NOT NULL,
    teacher_ms double precision,
    call_id character varying
);
CREATE SEQUENCE public.observations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.observations_seq_seq OWNED BY public.observations.seq;
CREATE TABLE public.retention (
    app character varying NOT NULL,
    days double precision,
    calls integer,
    bytes bigint,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE TABLE public.secrets (
    number integer NOT NULL,
    purpose character varying NOT NULL,
    wrapped bytea NOT NULL,
    wrapped_by character varying NOT NULL,
    made_at timestamp with time zone NOT NULL
);
CREATE TABLE public.slm_instrument_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.tasks (
    id character varying NOT NULL,
    analysis_id character varying NOT NULL,
    name character varying NOT NULL,
    calls integer NOT NULL,
    content_id bytea NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT nextval('public.audit_seq_seq'::regclass);
ALTER TABLE ONLY public.calls ALTER COLUMN seq SET DEFAULT nextval('public.calls_seq_seq'::regclass);
ALTER TABLE ONLY public.flags ALTER COLUMN seq SET DEFAULT nextval('public.flags_seq_seq'::regclass);
ALTER TABLE ONLY public.mentions ALTER COLUMN seq SET DEFAULT nextval('public.mentions_seq_seq'::regclass);
ALTER TABLE ONLY public.observations ALTER COLUMN seq SET DEFAULT nextval('public.observations_seq_seq'::regclass);
INSERT INTO public.analyses VALUES ('a1', '2026-05-04 03:02:01.123456+00', 14, '{"seed": 0}');
INSERT INTO public.assignments VALUES ('call-0', 't1');
INSERT INTO public.assignments VALUES ('call-1', 't1');
INSERT INTO public.assignments VALUES ('call-2', 't1');
INSERT INTO public.assignments VALUES ('call-3', 't1');
INSERT INTO public.assignments VALUES ('call-4', 't1');
INSERT INTO public.assignments VALUES ('call-5', 't1');
INSERT INTO public.assignments VALUES ('call-6', 't1');
INSERT INTO public.assignments VALUES ('call-7', 't1');
INSERT INTO public.assignments VALUES ('call-8', 't1');
INSERT INTO public.assignments VALUES ('call-9', 't1');
INSERT INTO public.assignments VALUES ('call-10', 't1');
INSERT INTO public.assignments VALUES ('call-11', 't1');
INSERT INTO public.assignments VALUES ('full', NULL);
INSERT INTO public.assignments VALUES ('failed', NULL);
INSERT INTO public.audit VALUES (1, '2026-05-04 03:02:01.123456+00', 'ann', 'export', '*', '{"calls": 3}');
INSERT INTO public.bundles VALUES ('b1', 't1', 'd1', '2026-05-04 03:02:01.123456+00', 'models/b1', 'CERTIFIED', '0000000000000000000000000000000000000000000000000000000000000000', NULL, NULL);
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-24 15:28:41.171905+00', 100, NULL, '\x6bcd54a3183d3856c5308befdfb29f33', NULL, NULL, '\x80984e9a8720c53891bcab9df3db038c', NULL, '\x59a6e91a24c487726f3d5cbff5624f02', 40, 1, NULL, NULL, NULL, 'agent', '953d62af6682e96f1f29e12b717d1c61', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-24 15:28:41.171905+00', 101, NULL, '\x561bbcc4243bfcb4b303ffa43b7ab7d7', NULL, NULL, '\x372631299ccc92c5b8657e4b38c91bb7', NULL, '\x2c3487d0b9d6b062825c9413aec914ef', 40, 1, NULL, NULL, NULL, 'agent', '32dab6880698df695c3a325ace125767', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-24 15:28:41.171905+00', 102, NULL, '\xe7ab35be726b71cfd75725285a0ba2dc', NULL, NULL, '\x80984e9a8720c53891bcab9df3db038c', NULL, '\xc5360c006b740436d7cbcba39ce185a2', 40, 1, NULL, NULL, NULL, 'agent', '12ade8836715e4692b53ca0e8e639fce', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-24 15:28:41.171905+00', 103, NULL, '\x3d281b58a74b48169b6ff3b3e33ccdb9', NULL, NULL, '\x372631299ccc92c5b8657e4b38c91bb7', NULL, '\x62b6cc67f0a71da750d8946336745567', 40, 1, NULL, NULL, NULL, 'agent', '953d62af6682e96f1f29e12b717d1c61', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-24 15:28:41.171905+00', 104, NULL, '\xf28a8beca40758072505f7eb0aae5c8b', NULL, NULL, '\x80984e9a8720c53891bcab9df3db038c', NULL, '\x496094bb00e7d3838f4a48cfb897222f', 40, 1, NULL, NULL, NULL, 'agent', '32dab6880698df695c3a325ace125767', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-24 15:28:41.171905+00', 105, NULL, '\x9164ac670230773e3758541e4e23618f', NULL, NULL, '\x372631299ccc92c5b8657e4b38c91bb7', NULL, '\x07739f3ba3b9bd455c92b2740278cfa3', 40, 1, NULL, NULL, NULL, 'agent', '12ade8836715e4692b53ca0e8e639fce', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-24 15:28:41.171905+00', 106, NULL, '\x6e29863c41ecb8b99b38b021cbfb147e', NULL, NULL, '\x80984e9a8720c53891bcab9df3db038c', NULL, '\x5cc1b5ecf0da0544d09c92dea98f506c', 40, 1, NULL, NULL, NULL, 'agent', '953d62af6682e96f1f29e12b717d1c61', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-24 15:28:41.171905+00', 107, NULL, '\xd775f62306d07e3d3430a7c0f053e824', NULL, NULL, '\x372631299ccc92c5b8657e4b38c91bb7', NULL, '\x62bdc4f3905db8914be9973ee25b8c97', 40, 1, NULL, NULL, NULL, 'agent', '32dab6880698df695c3a325ace125767', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-24 15:28:41.171905+00', 108, NULL, '\xf8f597a0412070f0f322b37c796c76bb', NULL, NULL, '\x80984e9a8720c53891bcab9df3db038c', NULL, '\x4db237a951e7194683f4330c8e1cd3d6', 40, 1, NULL, NULL, NULL, 'agent', '12ade8836715e4692b53ca0e8e639fce', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-24 15:28:41.171905+00', 109, NULL, '\xe5569b6d5d655e821b65fbc310326b59', NULL, NULL, '\x372631299ccc92c5b8657e4b38c91bb7', NULL, '\x92b24034c521e1c1594d268ba2df8c2d', 40, 1, NULL, NULL, NULL, 'agent', '953d62af6682e96f1f29e12b717d1c61', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-24 15:28:41.171905+00', 110, NULL, '\x99c770e534872236f5955aaae99aa578', NULL, NULL, '\x80984e9a8720c53891bcab9df3db038c', NULL, '\xe78cedca74278020280b3e9f3220d13e', 40, 1, NULL, NULL, NULL, 'agent', '32dab6880698df695c3a325ace125767', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-24 15:28:41.171905+00', 111, NULL, '\xed3df07f66876bd9277042e3f8c04548', NULL, NULL, '\x372631299ccc92c5b8657e4b38c91bb7', NULL, '\xbfb12395da4b015477118e4b3c1425df', 40, 1, NULL, NULL, NULL, 'agent', '12ade8836715e4692b53ca0e8e639fce', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-24 15:28:41.171905+00', NULL, 3.25, '\xc1117a4263fc12ed0aaa79ddd75aea64', '\xfb48e9398ade8f4842bd3d54bca193a7', '\x7a4881564f3dc4cbde5623de00a8c7e8', NULL, NULL, '\xfb9229a42405bc299e6005627e8a87e4', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 15:28:41.171905+00', NULL, NULL, '\xda35be9c0992ff31478b13b7e95c3d78', NULL, NULL, NULL, '\x8b854ad91182912849d5e9b2e4cc954b', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.calls VALUES (15, 'private', 'trace-0', NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 15:28:41.282045+00', NULL, NULL, '\xf0948bebc4b0a4158656cb35d2de39b4', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\x4582be2c54c62bf3f6f8b94ffc2b9239', 1, 138, '\xf5c494a694135c4f3039ae1d8fcfa21e326fa0459b863c5e39a89daf07973421f10added67677f91e1eb403481bfa2e568136de773757a968a24af79ba0356d147f73bd650a3c0b5b12e58bf1c1be0695d23d3260e0364c29767b160c07bce6e3d2a00e01a7263d5ef5bef6a6ed46046186ac30f44e4567287273fb6b8b3d2efe2c57d', 2, 0);
INSERT INTO public.contents VALUES ('\xf5a3893bc094edad4d3e52d66dd53d4b', 0, 60, '\x0bdf6d3c8302cf1d363a9198e9dc47696fdd24838452a2aefd1f1ff332b71ada8157d3b7da3eaf1f75bfde18f84c6ec8d0850b82f0ef19d056ebfd37998fae9cf79491462156e59474fe7d19', 2, 0);
INSERT INTO public.contents VALUES ('\x80984e9a8720c53891bcab9df3db038c', 0, 38, '\x5d800e65a9daf1fb62d6a58895735d5c8da09d580b455642fb11ae972f741dac0cc16a989da2ee462811a9b9240e824c8ce2ba2de44f', 2, 0);
INSERT INTO public.contents VALUES ('\x59a6e91a24c487726f3d5cbff5624f02', 0, 23, '\x2d8494d848875ef5e4b6fab01a95d4fb2f405a1bcd4f8508c6944d1a24d1e6df9f2356cc54dc51', 2, 0);
INSERT INTO public.contents VALUES ('\xe5574de273ac43582058df934bfa7c22', 0, 60, '\x537a506b58bf18a126268b9e608ebabc40683bb2b0444c788cb814844e7368d08ba90bd53a25631e0ea51f45c40e28c15a6148e434004c673c86ec5da4e1aad104b584a0eff6d62794456186', 2, 0);
INSERT INTO public.contents VALUES ('\x372631299ccc92c5b8657e4b38c91bb7', 0, 37, '\xb792fee7b2c6d21d0faef99da002f45beb4ac22efc155f72e8ed5bef1a0e8ae24e04c828fb5d60303d4000e95b1f1b3d4811769a93', 2, 0);
INSERT INTO public.contents VALUES ('\x2c3487d0b9d6b062825c9413aec914ef', 0, 23, '\x2c784e7e4471b5f773a5ca6f0385730dfcb0170c16b112047fdc92c8724c1d81eaba56f9fe5490', 2, 0);
INSERT INTO public.contents VALUES ('\x02d83ad032528bf3b2208a096e7687ab', 0, 60, '\x6d7fbaa5511f1fd913a6e1a1203759b6d1cba014425af176adcaf893d411c0912d79e0122d758851eab9b47e0a84d96a27df23fe31b495ba324d5dd8fbb6d5e3c058e92ac27942dbf7fe0128', 2, 0);
INSERT INTO public.contents VALUES ('\xc5360c006b740436d7cbcba39ce185a2', 0, 23, '\xce5581fb025addfac90f82e42ef6a5ce3a1117bc28825137b338a2c7a2bf9c076b858400574d3d', 2, 0);
INSERT INTO public.contents VALUES ('\x28936015ed4cab4feba14d432d5a38df', 0, 60, '\x971386352f717f9c04bb08e68df919ee993ee5b4f604bf56dfe6e5054ee5cb48f8ef9afc0239d1a3c175fab77eaac94a2e358316f1dda3598b98bf5d27d34d03e8ee4f03ac98fda8576d9ab4', 2, 0);
INSERT INTO public.contents VALUES ('\x62b6cc67f0a71da750d8946336745567', 0, 23, '\x2f147446e839c6f976fea0a1ac966776dfc8c0566bdafc3d45069b976a3183ef38ce60236458c5', 2, 0);
INSERT INTO public.contents VALUES ('\xcc642041db940476c9976eeff9bcca46', 0, 60, '\x91ebea1d5cdd60563934d2e9612ac202128f2a05ea073b6b95e2ef6835cdf4c7bb0d9794bbfc741ce70d82b1784706a67cef9900f2cf041deca4704d4a625f1e9e7cf3228b7fa78c792bf362', 2, 0);
INSERT INTO public.contents VALUES ('\x496094bb00e7d3838f4a48cfb897222f', 0, 23, '\x408e345356e46a893f72f81cd18437669c4245312bd0daa4f70d6b4b4c91789c82ba03f55ee88e', 2, 0);
INSERT INTO public.contents VALUES ('\xe8b59777b24bbd799db6e3c5536e7a99', 0, 60, '\x5e6dae5179cc82c0272011bbbf131ddea0179885c01b42530933965adb4b4841a337dfc53fcd152dc32badedb7950eeaf57f6c221873896015f41e740b36c306d3f8631a7f78c1260000407c', 2, 0);
INSERT INTO public.contents VALUES ('\x07739f3ba3b9bd455c92b2740278cfa3', 0, 23, '\xcad0bfe5ded90785ed90ef22c5f105da48c62dfe933401c67ba8b3d7173c32426811375147ffb9', 2, 0);
INSERT INTO public.contents VALUES ('\xa6eddbc21a414cf5092fcf10014012bd', 0, 60, '\x05c10671f98da6b8a799eee8aff6c0a65773f83326d38f0f8d445f6f6446ebb73f412e816ba73f0fbc7ede36242bd50b98153a31c239ab9121df12cd9b57d016339e1657daaa49b180b2e17b', 2, 0);
INSERT INTO public.contents VALUES ('\x5cc1b5ecf0da0544d09c92dea98f506c', 0, 23, '\x83af2e85273f9d0c49ae373df4bfdcb4db1443eb37cb494dd610beee8ccdf7f5f72c64a82a6a6a', 2, 0);
INSERT INTO public.contents VALUES ('\x1eb6fc8fdef5a84fec63a6776d79a402', 0, 60, '\x066a34f2f3f502d07f32975e81414245dd486700c3bc05350ad0984b3fa83d979a52a565884aff080e05b3162bc154d65344f26c4c0073d79d2f82a568a52f225c29a1ea923dbadb0f929ab5', 2, 0);
INSERT INTO public.contents VALUES ('\x62bdc4f3905db8914be9973ee25b8c97', 0, 23, '\x8884cd1afc33671bc6081d5ea18ec341006ad923f91d01dcb1ebede78cfcf642853bb13e95a100', 2, 0);
INSERT INTO public.contents VALUES ('\xdeb875b900b772fc3e5803ddd9424a5b', 0, 60, '\x674eeeea0dc5f552cd459ab79ab489e0cd4604113dfc478676349141ecd2593a5feb512ec2360ff45cef3a7a20fd3ecb7383f07ed7590c87894adcec0176c5be9b5c67868b695973565cb087', 2, 0);
INSERT INTO public.contents VALUES ('\x4db237a951e7194683f4330c8e1cd3d6', 0, 23, '\xbdbc4ec84ee17aa64bd0e1d33b111c36831d5eceb4bcc37b291f5500d9fc79ead95bd786dbb175', 2, 0);
INSERT INTO public.contents VALUES ('\x6b136fde5406f3993eaba904aefe0045', 0, 60, '\x6d761c40bc1420195805a0d0b1ab10a1fa6898e669a5724d0a35d0b8fce1effa736644409cd9afb8388cdced0263ccc43130b513b0c99631786f79d5cebbc30d3a6e121adbe13ba414b29b3e', 2, 0);
INSERT INTO public.contents VALUES ('\x92b24034c521e1c1594d268ba2df8c2d', 0, 23, '\x6348b3bb0697bc1b51623cfd0068a9f5549578c4bfda8b20b5027bfc1e2c75b184ffa314e77e8b', 2, 0);
INSERT INTO public.contents VALUES ('\x229b60544905a4df739fce37953a8fbf', 0, 61, '\xd2f271ea344126e95428642cb9256f656e359c567903ff5278302dfcbb044d0b5563fe96a68fc9c42750dbdf7ddd744ebe8d1f2a6ce7136189c0c007c3dc437fcbdec92b1b926c471145d6ab4e', 2, 0);
INSERT INTO public.contents VALUES ('\xe78cedca74278020280b3e9f3220d13e', 0, 24, '\xf8ebd5667a74b937bf7d73eb0025510a4b295e47e18234aa4e4d4a334ce7c4eaf7b049c77cc4ca73', 2, 0);
INSERT INTO public.contents VALUES ('\x1d22f673c97957001a385248a5c89624', 0, 61, '\x1960e555adf70bb514f88ef2a82022a9d75cc5fe6c54501b756a7ca84e969a8b4a2c0f655c73b715062250f59c320b9e51aa17e6a66873726dcef06c3b3251cf124f4228bf731073785d3a4108', 2, 0);
INSERT INTO public.contents VALUES ('\xbfb12395da4b015477118e4b3c1425df', 0, 24, '\x41995061501d79b316409775ff480544f88e1991c4fcf3e66ea4ae271d02468ea96618967e29f32c', 2, 0);
INSERT INTO public.contents VALUES ('\xe56c1126b660dae0cc5c6ec137066d24', 1, 101, '\xb6cc2e6af8f3b0815ac07e3503164000056e1a53327d418411c6ef9b7f840941daad4ac859c22ed031180115efd795c315ea1fa50ed3cbbed489fa9b8f591c0c85a5c416c1ea7681e836e0bd97091a44313c295a54ba9ef3f544ae2e0f9ed71bd2f000d47c2d9f', 2, 0);
INSERT INTO public.contents VALUES ('\x45df9d717e093499b90a0be82a5054d1', 1, 133, '\x154f60f6127798fb5165176eb8c61eaea8cdaee08568c896e4ed8c36878b51436b6cf7f0a21d9bd67dbae8af7e8e2289f3cce79c0868d9b72151322cad449b39bc02d80712046242df9f1cfd28644ff71d079a0fbd6a1308b67e9777edc50af10d2b4a5b6fa5d33f921ff1def05566c12165424db9ed3d8a84272f2bb9a350e6', 2, 0);
INSERT INTO public.contents VALUES ('\xb3bca2fd6afe39e59bba94a455c4e04c', 0, 68, '\xb1bd92946c3997c29c6f574d4a2c35b1f819ea8492f2cdc3a162d796bb0037bf7f0f283929d77772c16ff109492efc2dc4fd12aae78dfdb89887f2ba7f246d567eac863d10b8130c2c881cbafdfedf85f2b80f63', 2, 0);
INSERT INTO public.contents VALUES ('\xfb48e9398ade8f4842bd3d54bca193a7', 1, 102, '\x0f3b4e5637800aeff1c5ea755c4186f46c0b72e0adb39a2217cdfdec14eea57b253e40dfc1ef15cfdfaccf63f93c7721ec3043812bbbb5ead747d2179640f11bff94000c6c235496121565acf65c2cdee4679055d9fd79eca8ffda46eebc566852e389a3f00fcf2315c00c5d', 2, 0);
INSERT INTO public.contents VALUES ('\x7a4881564f3dc4cbde5623de00a8c7e8', 0, 22, '\x2286e5ca51c62736b5030748d9fe1e65aa92aa8e24287de83441570c9d9f80f1a79acebb6ea9', 2, 0);
INSERT INTO public.contents VALUES ('\xfb9229a42405bc299e6005627e8a87e4', 0, 30, '\xd979ac50099cac304688231447e7a23c7db68dbd32109ef49ed1c313b393fa611860153b12391c22f8405d5f3465', 2, 0);
INSERT INTO public.contents VALUES ('\x531c8a65ea8b6c474172fa19c0823fd8', 0, 40, '\xa182c1dbe494d16c2b561136a7d7267cd040b4131e47b5a21f098d05fe5b573de7125e65c3d3f380905e89dd97a387215add70ee732b4e07', 2, 0);
INSERT INTO public.contents VALUES ('\x8b854ad91182912849d5e9b2e4cc954b', 0, 44, '\x85ea145ba603ed74713cef1188dfff70b3f8827651108116f83fce2f8998fb47397b2e6050852bc040e53e067381373dc607c06ccad937a846c44f4c', 2, 0);
INSERT INTO public.contents VALUES ('\xcb2c1d97c6d3b6bb762776f05e5839e7', 1, 531, '\x0b3e55b254056b956a9d86dad01453bcd39e7bfb0202319ff42dbcf3c32494d9aae31db511dba557d69a3de9153e0d31ed43a94d2562c032cb56a751c2388fb606fe856380c7a6f995c027f08305f13c71bb0858e0ff4fff254ac07e8d7324b439232b7d7e0c8e8784b2d740400066d1e0944416cc7f219b176b85a1b7f0fa38bad9f2c9d64f5e4cc889077238b0d876b4c6fa2a8144fb29d26e19ac7c1dd284f83298eb11e247133dede5eb86a40b8f2bd9bcde834c90bf996e75bebc23a381e1c45f5241402082d87fe59041cc238930588901ce3b0127283bb4f0af7ed32c65aa61a7fe642c77202332512af35fddaa2c1eed6c6ab36cee1d20a3144fe5d6f0d10d30b7ba3fba1192ba26462961f8ed1865281f79184c244700ab9a7cd286b615a22eab49b2c2b97e081f886d6415314a5d58e50fabab74b951fb3f72df688d3396bcca39214999305b1f9949a42cf081314d', 2, 0);
INSERT INTO public.contents VALUES ('\x5c39db4bdf0b35871c138f54f23f6061', 0, 97, '\xc9af1843723dca6d114919e9b3a3498a4b8159a12add2167cef7a1e83ca99d3f39a0d22550570be0947d3d148c6675f63c9dfe79581452bf89840bf7e0170a38c74e403ced86e35f37dd243458bfed5b1a02116f243642afb91ad11446be6ff33b3c3cca2c04013033f31182f9a6370fe9', 2, 0);
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train', NULL);
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00', 0);
INSERT INTO public.entities VALUES ('\xe9c17a63550566a170b62b6eae75b283', 'EMAIL_ADDRESS', 0, 20, 2, '\x2aa6c4c5269814cf1256988db30255689a7a9be5963013bc1846d758fbec5bd5a1646e09');
INSERT INTO public.erasures VALUES ('e1', '2026-05-04 03:02:01.123456+00', 'ann', '["00000000000000000000000000000000"]', '{"calls": 1}', '2026-05-04 03:02:01.123456+00', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.grants VALUES ('ann', '*', 'analyst');
INSERT INTO public.mentions VALUES (1, '\x6e929e501f8ad15e78db5fb192f5d107', 'trace-0', '\xe9c17a63550566a170b62b6eae75b283');
INSERT INTO public.meta VALUES ('epoch', '\x01');
INSERT INTO public.nodes VALUES ('\xed30ff616b07c4287397fe3e2f8f0f0c', NULL, '\x4582be2c54c62bf3f6f8b94ffc2b9239', 1);
INSERT INTO public.nodes VALUES ('\x6bcd54a3183d3856c5308befdfb29f33', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\xf5a3893bc094edad4d3e52d66dd53d4b', 2);
INSERT INTO public.nodes VALUES ('\x561bbcc4243bfcb4b303ffa43b7ab7d7', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\xe5574de273ac43582058df934bfa7c22', 2);
INSERT INTO public.nodes VALUES ('\xe7ab35be726b71cfd75725285a0ba2dc', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\x02d83ad032528bf3b2208a096e7687ab', 2);
INSERT INTO public.nodes VALUES ('\x3d281b58a74b48169b6ff3b3e33ccdb9', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\x28936015ed4cab4feba14d432d5a38df', 2);
INSERT INTO public.nodes VALUES ('\xf28a8beca40758072505f7eb0aae5c8b', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\xcc642041db940476c9976eeff9bcca46', 2);
INSERT INTO public.nodes VALUES ('\x9164ac670230773e3758541e4e23618f', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\xe8b59777b24bbd799db6e3c5536e7a99', 2);
INSERT INTO public.nodes VALUES ('\x6e29863c41ecb8b99b38b021cbfb147e', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\xa6eddbc21a414cf5092fcf10014012bd', 2);
INSERT INTO public.nodes VALUES ('\xd775f62306d07e3d3430a7c0f053e824', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\x1eb6fc8fdef5a84fec63a6776d79a402', 2);
INSERT INTO public.nodes VALUES ('\xf8f597a0412070f0f322b37c796c76bb', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\xdeb875b900b772fc3e5803ddd9424a5b', 2);
INSERT INTO public.nodes VALUES ('\xe5569b6d5d655e821b65fbc310326b59', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\x6b136fde5406f3993eaba904aefe0045', 2);
INSERT INTO public.nodes VALUES ('\x99c770e534872236f5955aaae99aa578', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\x229b60544905a4df739fce37953a8fbf', 2);
INSERT INTO public.nodes VALUES ('\xed3df07f66876bd9277042e3f8c04548', '\xed30ff616b07c4287397fe3e2f8f0f0c', '\x1d22f673c97957001a385248a5c89624', 2);
INSERT INTO public.nodes VALUES ('\xf3246f109e68ca5a5be474b3f5160c41', NULL, '\xe56c1126b660dae0cc5c6ec137066d24', 1);
INSERT INTO public.nodes VALUES ('\xbf2e5530be2cf556a25a07bbbd369c98', '\xf3246f109e68ca5a5be474b3f5160c41', '\x45df9d717e093499b90a0be82a5054d1', 2);
INSERT INTO public.nodes VALUES ('\xc1117a4263fc12ed0aaa79ddd75aea64', '\xbf2e5530be2cf556a25a07bbbd369c98', '\xb3bca2fd6afe39e59bba94a455c4e04c', 3);
INSERT INTO public.nodes VALUES ('\xda35be9c0992ff31478b13b7e95c3d78', NULL, '\x531c8a65ea8b6c474172fa19c0823fd8', 1);
INSERT INTO public.nodes VALUES ('\xf0948bebc4b0a4158656cb35d2de39b4', NULL, '\x5c39db4bdf0b35871c138f54f23f6061', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.retention VALUES ('*', 365, NULL, NULL, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.secrets VALUES (1, 'digest', '\x8cee179a3644e9d8c07bd111a463877aadce8471c6531ed317581533337fe7356004843c67a3cf2aec31fc496c620d1107fc72b14a77b5c4999d6930', 'local:6901d35ca558497c', '2026-11-24 15:28:41.149686+00');
INSERT INTO public.secrets VALUES (2, 'data', '\xa67b6bcbde7df924f5833d45ffdb97330956860b68301b84afd0d9b8b5b647d081bf1521f623c2a80ffe46426a15d28d755eecfa315ab0117b706b13', 'local:6901d35ca558497c', '2026-11-24 15:28:41.151696+00');
INSERT INTO public.slm_instrument_version VALUES ('0002');
INSERT INTO public.tasks VALUES ('t1', 'a1', 'lighthouse letters', 12, '\xcb2c1d97c6d3b6bb762776f05e5839e7');
SELECT pg_catalog.setval('public.audit_seq_seq', 1, true);
SELECT pg_catalog.setval('public.calls_seq_seq', 15, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.mentions_seq_seq', 1, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT pk_analyses PRIMARY KEY (id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (call_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT pk_bundles PRIMARY KEY (id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT pk_calls PRIMARY KEY (seq);
ALTER TABLE ONLY public.contents
    ADD CONSTRAINT pk_contents PRIMARY KEY (id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT pk_dataset_items PRIMARY KEY (dataset_id, call_id);
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT pk_datasets PRIMARY KEY (id);
ALTER TABLE ONLY public.entities
    ADD CONSTRAINT pk_entities PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT pk_erasures PRIMARY KEY (id);
ALTER TABLE ONLY public.flags
    ADD CONSTRAINT pk_flags PRIMARY KEY (seq);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (grantee, app, role);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT pk_mentions PRIMARY KEY (seq);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (key);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT pk_nodes PRIMARY KEY (id);
ALTER TABLE ONLY public.observations
    ADD CONSTRAINT pk_observations PRIMARY KEY (seq);
ALTER TABLE ONLY public.retention
    ADD CONSTRAINT pk_retention PRIMARY KEY (app);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT pk_secrets PRIMARY KEY (number);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);
ALTER TABLE ONLY public.slm_instrument_version
    ADD CONSTRAINT slm_instrument_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_id UNIQUE (id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT uq_mentions_id UNIQUE (id);
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_calls_origin ON public.calls USING btree (origin);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_mentions_entity_id ON public.mentions USING btree (entity_id);
CREATE INDEX ix_mentions_scope ON public.mentions USING btree (scope);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
