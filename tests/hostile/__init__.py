"""Inputs of people who mean harm, or whose programs do: a numbered list, and the tests that send each.

Each line names tests of `tests/`; `test_index` checks that they exist. What needs a real server, or PostgreSQL, or
bytes that no HTTP client would send is in this folder; the rest stands where its rule is tested.

Tenant wall
 1 blob by digest that only another tenant has: hostile/test_tenant_wall::test_a_blob_of_another_tenant_looks_like_none
 2 digest the repository does not reference: hostile/test_tenant_wall::test_a_digest_of_a_sister_repository_is_not_served
 3 mount from another tenant: hostile/test_tenant_wall::test_a_foreign_blob_cannot_be_mounted
 4 anonymous mount of a foreign blob: hostile/test_tenant_wall::test_a_foreign_blob_cannot_be_mounted
 5 foreign upload id: hostile/test_tenant_wall::test_a_foreign_upload_does_not_exist
 6 token of host A at host B: hostile/test_tenant_wall::test_a_registry_token_of_one_host_is_refused_at_another
   hostile/test_tenant_wall::test_an_access_token_opens_no_other_tenant
 7 token for repository a used on b: hostile/test_tenant_wall::test_a_registry_token_does_only_what_was_asked
   hostile/test_tenant_wall::test_a_registry_token_mounts_only_from_where_it_was_asked_to_pull
 8 Host header: hostile/test_hosts::test_a_host_that_is_nobodys_never_falls_back_to_a_tenant
   hostile/test_hosts::test_two_hosts_are_no_host
   hostile/test_hosts::test_a_header_that_claims_another_host_changes_nothing
   hostile/test_hosts::test_a_tenants_host_in_any_spelling_is_that_tenant
 9 ns= naming a tenant: hostile/test_tenant_wall::test_a_forwarded_host_and_ns_select_nothing
10 _catalog with any n: hostile/test_tenant_wall::test_a_page_size_that_is_no_number_is_refused
   hostile/test_tenant_wall::test_the_catalog_is_the_tenants_own
11 referrers another tenant attached: hostile/test_tenant_wall::test_a_referrer_of_another_tenant_is_not_listed
12 revoked grant, token, LDAP group: registry/test_grants::test_a_grant_that_is_not_in_force_shows_nothing
   registry/test_remembered::test_what_ends_is_refused_within_five_seconds
   registry/test_tokens::test_what_ends_the_access_token_ends_its_registry_tokens
   tenants/test_directory::test_whoever_left_the_directory_loses_role_tokens_and_session
13 index naming a foreign child: hostile/test_tenant_wall::test_an_index_cannot_name_a_foreign_child
   hostile/test_tenant_wall::test_a_manifest_cannot_name_a_foreign_blob
14 the internal or presigned location: registry/test_nginx::test_the_files_cannot_be_asked_for_from_outside
   registry/test_redirect::test_the_address_alone_opens_nothing
   hostile/test_places::test_no_address_leads_to_the_files_of_the_store

Tokens
15 alg=none, HS256, kid, embedded keys: registry/test_tokens::test_a_token_without_a_signature_is_not
   registry/test_tokens::test_a_token_signed_with_the_public_key_as_a_secret_is_not
   registry/test_tokens::test_a_key_id_that_is_not_ours_is_not
   registry/test_tokens::test_a_key_that_the_token_brings_itself_is_ignored
16 claims: registry/test_tokens::test_claims_that_are_not_ours_are_refused_even_when_signed
   registry/test_tokens::test_an_expired_registry_token_is_refused
   registry/test_tokens::test_ten_thousand_scopes_are_refused_or_harmless
17 scope fuzz: registry/test_tokens::test_any_scope_is_answered_and_gives_no_more_than_is_due
   hostile/test_fuzz::test_no_scope_gives_more_than_is_due
18 Basic: registry/test_tokens::test_malformed_credentials_are_refused_everywhere
   hostile/test_fuzz::test_no_authorization_header_is_a_fault
19 LDAP: tenants/test_directory::test_a_login_is_a_value_and_never_a_filter
   tenants/test_directory::test_an_empty_password_never_reaches_the_server
   tenants/test_directory::test_a_name_full_of_special_characters_finds_its_own_groups_only
   tenants/test_directory::test_more_groups_than_a_page_are_all_read
20 brute force: registry/test_throttle::test_the_guess_after_the_last_is_told_to_wait
   registry/test_throttle::test_a_good_client_behind_the_same_address_is_served_all_the_while
21 refresh token elsewhere, or after its end: registry/test_refresh::test_it_is_for_the_host_that_gave_it
   registry/test_refresh::test_it_ends_with_its_access_token

Protocol
22 wrong digest on every way: registry/test_uploads::test_a_wrong_digest_is_refused_on_every_way_and_leaves_nothing
   conformance/test_port_blobs::test_other_bytes_than_the_digest_says_are_refused_on_every_way
23 digest grammar: registry/test_grammar::test_a_digest_that_is_none
   hostile/test_text::test_any_bytes_in_an_address_are_answered
24 repository names: registry/test_grammar::test_a_name_that_is_none
   registry/test_grammar::test_a_reserved_name_is_nobodys
25 tag grammar: registry/test_grammar::test_a_tag_that_is_none
26 manifests that are none: registry/test_manifests::test_what_is_no_manifest_is_refused_and_moves_no_tag
   registry/test_manifests::test_more_than_four_mebibytes_are_refused_whatever_the_length_says
   hostile/test_text::test_a_manifest_of_any_depth_is_kept_or_refused
   hostile/test_text::test_a_manifest_with_text_that_no_database_keeps_is_refused
   hostile/test_text::test_a_manifest_in_another_encoding_than_clients_read_is_refused
27 large and deep indexes: registry/test_manifests::test_an_index_of_too_many_is_refused
   registry/test_manifests::test_indexes_may_nest_deeply_and_their_parts_are_reached
28 subject missing, malformed: registry/test_manifests::test_a_subject_need_not_be_there_yet
   registry/test_manifests::test_what_is_no_manifest_is_refused_and_moves_no_tag
29 chunks: registry/test_uploads::test_a_chunk_elsewhere_than_at_the_end_is_refused_and_says_where_the_end_is
   registry/test_uploads::test_an_empty_chunk_changes_nothing
   registry/test_uploads::test_finishing_twice_ends_once
   hostile/test_transport::test_of_writers_at_the_same_time_one_wins_and_the_others_are_told
30 bodies that lie, stall, break off: hostile/test_transport::test_a_length_beside_chunks_never_makes_a_second_request
   hostile/test_transport::test_a_slow_sender_holds_up_nobody_and_loses_nothing
   hostile/test_transport::test_what_came_before_an_abrupt_close_is_kept_and_can_be_continued
   hostile/test_transport::test_chunks_that_break_off_are_no_whole_blob
31 ranges: registry/test_blobs::test_a_range
   registry/test_blobs::test_a_range_where_nothing_lies
   hostile/test_fuzz::test_any_range_gives_those_bytes_or_all_or_none
32 URLs of layers: registry/test_manifests::test_layers_that_live_elsewhere_are_kept_as_text_and_never_fetched
33 disk full, quota race: registry/test_room::test_a_full_disk_is_said_and_leaves_no_file
   registry/test_room::test_a_quota_counts_each_blob_once
   hostile/test_quota_race::test_of_uploads_that_race_as_many_are_taken_as_fit
34 collection against everything: registry/test_state_machine::test_nothing_is_lost_and_nothing_leaks

Foreign content
35 text of others on our pages: catalog/pages/test_markdown::test_nothing_that_runs_or_is_fetched_comes_out
   catalog/pages/test_markdown::test_no_mixture_of_them_comes_out_either
   catalog/pages/test_markdown::test_nesting_without_end_ends
   catalog/pages/test_chart_import::test_what_a_chart_says_is_never_markup
   catalog/pages/test_image::test_a_description_of_others_is_never_markup
   catalog/pages/test_image::test_tables_are_safe_to_open_in_a_spreadsheet
   tenants/test_audit_page::test_no_cell_of_the_csv_is_a_formula
   tenants/test_sheets::test_a_cell_that_would_be_a_formula_is_text
36 chart archives: catalog/charts/test_archive::test_a_path_that_leads_elsewhere
   catalog/charts/test_archive::test_a_link
   catalog/charts/test_archive::test_a_device_or_pipe
   catalog/charts/test_archive::test_a_bomb_is_never_unpacked_beyond_the_bound
   catalog/charts/test_archive::test_more_bytes_or_files_than_a_chart_has
   catalog/charts/test_archive::test_a_file_that_is_there_twice
   catalog/charts/test_archive::test_a_negative_size_does_not_send_the_reader_in_circles
   catalog/charts/test_archive::test_a_chart_yaml_that_is_none
   catalog/charts/test_archive::test_values_whose_aliases_grow_without_end
   catalog/charts/test_archive::test_a_schema_whose_pattern_never_ends_is_kept_and_never_run
   catalog/charts/test_taking::test_a_version_never_becomes_another_archive
"""
