<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/** What the form offers to choose from. The words on the left are the connector's; those on the right the customer reads. */
final class Choices
{
    /** @return array<string, string> Other plugins change them by the filter `support_connector_kinds`. */
    public static function kinds(): array
    {
        $kinds = [
            'how_to_feature' => __('A question on how the product works', 'support-connector'),
            'bug' => __('Something does not work as it should', 'support-connector'),
            'installation' => __('Installing, updating or setting up', 'support-connector'),
            'compatibility' => __('It broke with a new version of the platform', 'support-connector'),
            'third_party' => __('A conflict with another plugin or theme', 'support-connector'),
            'customisation' => __('Changing how the product looks or works', 'support-connector'),
            'feature_request' => __('A wish for a new feature', 'support-connector'),
            'licence_trouble' => __('My licence key or an activation', 'support-connector'),
            'purchase_problem' => __('A payment or an order', 'support-connector'),
            'account' => __('My account', 'support-connector'),
            'pre_sales' => __('A question before buying', 'support-connector'),
            'security' => __('A security weakness I found', 'support-connector'),
        ];
        return \array_map('strval', (array) \apply_filters('support_connector_kinds', $kinds));
    }

    /** @return array<string, string> Filter `support_connector_severities`. */
    public static function severities(): array
    {
        $severities = [
            'critical' => __('Nothing works any more', 'support-connector'),
            'high' => __('An important part does not work', 'support-connector'),
            'medium' => __('It is in the way, but I can work', 'support-connector'),
            'low' => __('No hurry', 'support-connector'),
        ];
        return \array_map('strval', (array) \apply_filters('support_connector_severities', $severities));
    }

    /** @return array<string, string> What some policies want confirmed; filter `support_connector_statements`. */
    public static function statements(): array
    {
        $statements = [
            'policy_read' => __('I have read the support policy.', 'support-connector'),
            'knowledge_base_checked' => __('I have looked for an answer in the documentation.', 'support-connector'),
            'in_scope' => __('My request is about the product itself.', 'support-connector'),
        ];
        return \array_map('strval', (array) \apply_filters('support_connector_statements', $statements));
    }

    /** @return array<string, string> */
    public static function modified(): array
    {
        return [
            'no' => __('No, it is as you delivered it', 'support-connector'),
            'yes' => __('Yes, it was changed', 'support-connector'),
        ];
    }

    /** @return array<string, string> The field that answers a reason of the connector's. */
    public static function field_of_reason(): array
    {
        return [
            'licence_required' => 'license_key',
            'licence_ambiguous' => 'license_key',
            'product_required' => 'product',
            'product_unclear' => 'product',
            'requester_required' => 'email',
            'component_required' => 'product',
            'site_required' => 'site',
            'kind_missing' => 'kind',
            'kind_unknown' => 'kind',
            'severity_required' => 'severity',
            'reproduction_required' => 'reproduction',
            'environment_required' => 'versions',
            'modified_code_required' => 'modified',
            'attestation_required' => 'confirmed',
        ];
    }
}
